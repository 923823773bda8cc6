"""The questions' wording by language. {names} in braces are filled in by the generator."""

from collections.abc import Mapping
from dataclasses import dataclass

SUBJECTS = ("change", "passengers", "pages", "desks", "shares", "minutes", "inhabitants", "day_of_month")
"""What a question asks for; the generator has an arithmetic for each."""


@dataclass(frozen=True)
class Wording:
    """One language: a template for each subject, and the names that fill it."""

    templates: Mapping[str, str]
    people: tuple[str, ...]
    goods: tuple[str, ...]
    cities: Mapping[str, tuple[str, ...]]
    """By ISO country; the language's own country stands for all of them where habits do not differ."""


SPANISH = Wording(
    templates={
        "change": "{person} compra {count} kilos de {goods} a {price} {currency} el kilo y paga con un "
        "billete de {note} {currency}. ¿Cuánto dinero le devuelven, en {currency}?",
        "passengers": "Un autobús sale de {city} con {start} pasajeros. En la primera parada bajan {off} y "
        "suben {on}. ¿Cuántos pasajeros hay ahora a bordo?",
        "pages": "{person} lee cada día {rate} páginas de una novela que tiene {total}. ¿Cuántas páginas le "
        "quedan por leer después de {days} días?",
        "desks": "En una escuela de {city} hay {rooms} aulas con {each} pupitres cada una y {more} pupitres "
        "más en el almacén. ¿Cuántos pupitres hay en total?",
        "shares": "Una panadería de {city} reparte {total} panes en partes iguales entre {shops} tiendas. "
        "¿Cuántos panes recibe cada tienda?",
        "minutes": "Una reunión empieza a las {begin} y termina a las {end} del mismo día. ¿Cuántos minutos dura?",
        "inhabitants": "Un municipio cerca de {city} tenía {before} habitantes y ahora tiene {more} más. "
        "¿Cuántos habitantes tiene ahora?",
        "day_of_month": "Una carta escrita en {city} lleva la fecha {date}. ¿Qué día del mes será {days} días después?",
    },
    people=("Ximena", "Mateo", "Rocío", "Lautaro", "Nayeli", "Yolanda", "Wilmer", "Candela", "Nicanor", "Milagros"),
    goods=("mangos", "naranjas", "peras", "cebollas", "manzanas"),
    cities={
        "AR": ("Rosario", "Salta"),
        "CL": ("Valparaíso", "Temuco"),
        "CO": ("Pasto", "Bucaramanga"),
        "CR": ("Heredia", "Liberia"),
        "DO": ("Santiago de los Caballeros", "La Vega"),
        "ES": ("Zaragoza", "Cádiz"),
        "GT": ("Quetzaltenango", "Cobán"),
        "MX": ("Oaxaca", "Durango"),
        "PE": ("Arequipa", "Piura"),
        "PR": ("Ponce", "Mayagüez"),
        "UY": ("Salto", "Paysandú"),
        "VE": ("Mérida", "Barquisimeto"),
    },
)

CATALAN = Wording(
    templates={
        "change": "{person} compra {count} quilos de {goods} a {price} euros el quilo i paga amb un bitllet "
        "de {note} euros. Quants euros li tornen?",
        "passengers": "Un autobús surt de {city} amb {start} passatgers. A la primera parada en baixen {off} "
        "i n'hi pugen {on}. Quants passatgers hi ha ara a bord?",
        "pages": "{person} llegeix cada dia {rate} pàgines d'una novel·la que en té {total}. Quantes pàgines "
        "li queden per llegir al cap de {days} dies?",
        "desks": "En una escola de {city} hi ha {rooms} aules amb {each} pupitres cadascuna i {more} "
        "pupitres més al magatzem. Quants pupitres hi ha en total?",
        "shares": "Un forn de {city} reparteix {total} pans a parts iguals entre {shops} botigues. Quants "
        "pans rep cada botiga?",
        "minutes": "Una reunió comença a les {begin} i s'acaba a les {end} del mateix dia. Quants minuts dura?",
        "inhabitants": "Un municipi prop de {city} tenia {before} habitants i ara en té {more} més. Quants "
        "habitants té ara?",
        "day_of_month": "Una carta escrita a {city} porta la data {date}. Quin dia del mes serà {days} dies després?",
    },
    people=("La Laia", "En Pau", "La Neus", "En Roger", "La Mireia", "En Guillem"),
    goods=("pomes", "taronges", "peres", "cebes"),
    cities={"ES": ("Girona", "Reus", "Vic", "Lleida", "Manresa")},
)

BASQUE = Wording(
    templates={
        "change": "{person} {count} kilo {goods} erosi ditu, kiloa {price} eurotan, eta {note} euroko "
        "billete batekin ordaindu du. Zenbat euro itzuli dizkiote?",
        "passengers": "{city} inguruan, autobus bat {start} bidaiarirekin abiatu da. Lehen geltokian {off} "
        "jaitsi eta {on} igo dira. Zenbat bidaiari daude orain autobusean?",
        "pages": "Liburu batek {total} orrialde ditu. {person} egunero {rate} orrialde irakurtzen ditu. "
        "Zenbat orrialde geratuko zaizkio irakurtzeko {days} egunen buruan?",
        "desks": "Ikastetxe batean {rooms} gela daude, eta gela bakoitzean {each} mahai. Biltegian beste "
        "{more} mahai daude. Zenbat mahai daude guztira?",
        "shares": "Okindegi batek {total} ogi banatu ditu {shops} dendaren artean, guztiei kopuru bera "
        "emanez. Zenbat ogi jaso ditu denda bakoitzak?",
        "minutes": "Bileraren hasiera: {begin}. Amaiera: {end}, egun berean. Zenbat minutu iraun du bilerak?",
        "inhabitants": "{city} inguruko herri batek {before} biztanle zituen, eta orain {more} gehiago ditu. "
        "Zenbat biztanle ditu orain?",
        "day_of_month": "Gutun baten data: {date}. Hilaren zenbata izango da {days} egun geroago?",
    },
    people=("Anek", "Mikelek", "Nereak", "Amaiak", "Unaik"),
    goods=("sagar", "laranja", "madari", "tipula"),
    cities={"ES": ("Bilbo", "Gasteiz", "Tolosa", "Gernika", "Lizarra")},
)

GALICIAN = Wording(
    templates={
        "change": "{person} merca {count} quilos de {goods} a {price} euros o quilo e paga cun billete de "
        "{note} euros. Cantos euros lle devolven?",
        "passengers": "Un autobús sae de {city} con {start} pasaxeiros. Na primeira parada baixan {off} e "
        "soben {on}. Cantos pasaxeiros hai agora a bordo?",
        "pages": "{person} le cada día {rate} páxinas dunha novela que ten {total}. Cantas páxinas lle "
        "quedan por ler despois de {days} días?",
        "desks": "Nunha escola de {city} hai {rooms} aulas con {each} pupitres cada unha e {more} pupitres "
        "máis no almacén. Cantos pupitres hai en total?",
        "shares": "Unha panadería de {city} reparte {total} pans a partes iguais entre {shops} tendas. "
        "Cantos pans recibe cada tenda?",
        "minutes": "Unha reunión comeza ás {begin} e remata ás {end} do mesmo día. Cantos minutos dura?",
        "inhabitants": "Un concello preto de {city} tiña {before} habitantes e agora ten {more} máis. Cantos "
        "habitantes ten agora?",
        "day_of_month": "Unha carta escrita en {city} leva a data {date}. Que día do mes será {days} días despois?",
    },
    people=("Uxía", "Brais", "Antía", "Roi", "Sabela", "Xoel"),
    goods=("mazás", "laranxas", "peras", "cebolas"),
    cities={"ES": ("Lugo", "Ourense", "Noia", "Vigo", "Betanzos")},
)
