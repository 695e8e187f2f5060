//! Names for made-up people: the names of a country go together, and no two people share a username.

use crate::app::entropy::Rng;
use std::collections::HashSet;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// First names, and last names that go with any of them.
pub const COUNTRIES: [(&str, &str); 24] = [
    ("Aino Eero Helmi Onni Saara Veikko", "Korhonen Mäkinen Nieminen Heikkilä Laine Salonen"),
    ("Astrid Søren Freja Mads Ingeborg Rasmus", "Jensen Kjær Mørk Holm Skov Dahl"),
    ("Elsa Göran Märta Nils Åsa Sixten", "Lindqvist Sjöberg Ek Åkesson Nyström Hult"),
    ("Anneliese Jörg Heike Lukas Margarete Till", "Vogel Krämer Weiß Schönfeld Baumann Reuter"),
    ("Mathilde Étienne Solène Luc Apolline Rémi", "Moreau Lefèvre Garnier Chevalier Aubert Noël"),
    ("Chiara Matteo Ginevra Nicolò Beatrice Elio", "Ferrari Ricci De-Luca Moretti Conti Serra"),
    ("Lucía Íñigo Marisol Joaquín Nuria Tomás", "Navarro Ibáñez Peña Castillo Vidal Rubio"),
    ("Inês Duarte Leonor Tiago Graça Rui", "Carvalho Magalhães Lopes Brandão Pinto Sá"),
    ("Agnieszka Łukasz Zofia Paweł Małgorzata Stanisław", "Wójcik Mazur Nowak Dudek Szewczyk Król"),
    ("Orsolya Gergő Réka Zoltán Ildikó Bence", "Szabó Varga Kőszegi Fekete Balogh Török"),
    ("Ioana Răzvan Anca Ștefan Doina Mihai", "Popescu Stănescu Munteanu Ciobanu Lupu Țepeș"),
    ("Oksana Taras Lesia Bohdan Daryna Ostap", "Kovalenko Shevchenko Bondarenko Tkachuk Moroz Savchuk"),
    ("Defne Emre Şule Kerem Gülşen Barış", "Yılmaz Öztürk Çelik Aydın Koç Şahin"),
    ("Leila Omid Shirin Kaveh Parisa Dariush", "Hosseini Rahimi Moradi Karimi Tehrani Amini"),
    ("Yael Eitan Noa Amir Shira Gil", "Levi Mizrahi Peretz Katz Shalev Dayan"),
    ("Amina Youssef Salma Tariq Nadia Khalil", "Haddad Mansour Benali Farouk Saleh Aziz"),
    ("Ngozi Chinedu Amaka Tunde Folake Emeka", "Okafor Adeyemi Balogun Eze Nwosu Okonkwo"),
    ("Abena Kwame Efua Kojo Akosua Yaw", "Mensah Owusu Asante Boateng Osei Appiah"),
    ("Wanjiru Otieno Achieng Kamau Njeri Mwangi", "Odhiambo Kariuki Wafula Mutua Kiprono Ndegwa"),
    ("Priya Arjun Kavya Rohan Meera Vikram", "Iyer Deshmukh Banerjee Nair Chaudhary Rao"),
    ("Mei Jun Xiulan Wei Lihua Tao", "Zhang Huang Lin Zhou Xu Deng"),
    ("Haruka Kenji Aoi Ren Sakura Daichi", "Tanaka Watanabe Mori Fujii Ōno Hayashi"),
    ("Linh Minh Thảo Quân Hương Đức", "Nguyễn Trần Phạm Võ Đặng Bùi"),
    ("Itzel Mateo Ximena Emiliano Renata Cuauhtémoc", "Hernández Ruiz Quispe Mamani Villalobos Zapata"),
];

/// A made-up person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub first: String,
    pub last: String,
    pub username: String,
}

/// So many people, none with a username in `taken`; the same for the same state of `rng`.
pub fn people(rng: &Rng, count: usize, taken: &[&str]) -> Vec<Person> {
    let mut usernames: HashSet<String> = taken.iter().map(|name| (*name).to_owned()).collect();
    let mut people = vec![];
    while people.len() < count {
        let Some((firsts, lasts)) = pick(rng, &COUNTRIES) else { break };
        let word =
            |words: &str| pick(rng, &words.split(' ').collect::<Vec<_>>()).copied().unwrap_or_default().to_owned();
        let (first, last) = (word(firsts), word(lasts).replace('-', " "));
        let username = format!("{}.{}", ascii(&first), ascii(&last));
        if usernames.insert(username.clone()) {
            people.push(Person { first, last, username });
        }
    }
    people
}

/// One of these, each as likely.
pub fn pick<'a, T>(rng: &Rng, all: &'a [T]) -> Option<&'a T> {
    all.get(below(rng, all.len()))
}

/// A number from 0 to below `end`.
pub fn below(rng: &Rng, end: usize) -> usize {
    ((rng.fraction() * end as f64) as usize).min(end.saturating_sub(1))
}

/// As people write their names where only ASCII goes: `Łukasz` → `lukasz`.
pub fn ascii(name: &str) -> String {
    let plain = name
        .nfd()
        .filter(|c| !is_combining_mark(*c) && *c != ' ')
        .flat_map(char::to_lowercase)
        .filter(|c| !is_combining_mark(*c));
    plain
        .map(|c| match c {
            'ø' => "o".to_owned(),
            'æ' => "ae".to_owned(),
            'ß' => "ss".to_owned(),
            'ł' => "l".to_owned(),
            'đ' => "d".to_owned(),
            'ı' => "i".to_owned(),
            other => other.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_username_is_plain_ascii_and_its_own() {
        let people = people(&Rng::seeded(1), 500, &["aino.laine"]);
        assert_eq!(people.iter().map(|person| &person.username).collect::<HashSet<_>>().len(), 500);
        for person in people {
            assert!(person.username.chars().all(|c| c.is_ascii_lowercase() || c == '.'), "{}", person.username);
        }
    }
}
